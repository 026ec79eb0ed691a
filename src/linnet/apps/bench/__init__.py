"""What `linnet bench` measures on this machine, one command a file, and its picture."""
