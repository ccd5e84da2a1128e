"""Packages of evidence: written from the journals, and verified against them without server or database.

A package is a bag (BagIt) of tables, journals and reports under one signature. `writing` makes one, `verifying` judges
one; both read entries by the same rules (`entries`, `catalog`, `tables`), so that every table is a function of the
journals. The figures of reports are added up anew from the entries (`figuring`), not taken from the cells that the
reports were read from.
"""
