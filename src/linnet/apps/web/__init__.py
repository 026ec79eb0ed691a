"""The web page: `page/` is the page itself; here is what makes a whole folder of it, and serves that."""
