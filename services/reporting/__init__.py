"""Reporting: facts and cells kept from the two journals, and the reports read from them."""
