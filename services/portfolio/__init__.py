"""Portfolio: agencies, projects, shares over tasks, budgets, money movements."""
