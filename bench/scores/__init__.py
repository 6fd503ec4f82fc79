"""How well predictions rank architectures: metrics, intervals, ceilings; no torch."""
