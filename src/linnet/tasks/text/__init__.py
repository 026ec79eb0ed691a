"""Text as a task: bytes in, for every byte how likely it comes next."""
