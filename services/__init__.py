"""The services of Kepan: catalog, portfolio, reporting, and what they are built from."""
