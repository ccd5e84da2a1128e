"""How Kepan runs: PostgreSQL, the four processes, the one executable."""
