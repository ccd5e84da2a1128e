"""What every service is built from; knows no plan, task, project or coverage."""
