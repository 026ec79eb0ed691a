"""The life of a model, callable from Python: train, deploy, score, and follow sound through it.

deploy.py writes a model file from a run, whole.py does everything from a recipe. Both need JAX; following.py and
accounts.py do not. Commands and words for people are the business of apps/.
"""
