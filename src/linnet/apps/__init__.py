"""What a person runs: the command line. Every other room is imported from here, none imports this one."""
