"""Reports as papers: what a report answers, said for people, as .csv, .xlsx or .pdf."""
