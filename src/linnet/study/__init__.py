"""Many trials, each the whole life of a model, and what they say together. One trial is the business of life/.

space.py says which trials there are, trial.py does one, ledger.py knows which are done, driver.py does them one after
the other in one process, cluster.py side by side with Ray, adoption.py takes finished runs; points.py, fronts.py and
tables.py read the results.
"""
