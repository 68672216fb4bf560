"""An archive as Turkle's users, groups, projects, batches and tasks."""
