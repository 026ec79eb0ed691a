"""Pages about a model, each one HTML file that needs nothing else."""
