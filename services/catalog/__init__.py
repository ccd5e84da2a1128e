"""Catalog: plans, their nodes, targets, indicators and vocabularies."""
