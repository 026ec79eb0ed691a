"""Output: files that appear whole or not at all, folders with one owner, text quoted for other languages."""
