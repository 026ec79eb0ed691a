"""Zeros: how many (schedule, distribution), which (scores, patterns), and how weights learn beneath them (masks).

Bits and training are other rooms'. Needs the extra [train].
"""
