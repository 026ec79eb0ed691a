"""What commands share at the counter: refusals, which file goes where, words, tables and pictures for people."""
