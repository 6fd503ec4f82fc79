"""Figures set for a width: what `draw` returns for a screen becomes a figure of a paper's column or of a slide."""
