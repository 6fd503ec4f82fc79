"""Processes of one command and of many on a shared disk: who holds what, interrupts, parallel work, progress."""
