"""A report as a file, .csv, .xlsx or .pdf: paper, columns and cells; what they mean is said by who writes."""
