"""What a network is for: one folder a task, `denoise` the first."""
