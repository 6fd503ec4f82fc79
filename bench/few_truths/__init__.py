"""Ranking with the help of a few known truths, with a supernet and without: what is a supernet worth, in truths?"""
