"""How well predictions rank architectures: metrics, intervals, ceilings; imports no torch."""
