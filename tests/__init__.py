"""The tests mirror `src/linnet`; a folder of tests for every room."""
