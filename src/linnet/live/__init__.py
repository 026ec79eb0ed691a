"""Sound from a microphone to a speaker, cleaned on its way. Files and commands are the business of others."""
