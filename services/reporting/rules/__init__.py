"""What is always true of reports; pure functions: the plan's shape, facts, cells, coverage."""
