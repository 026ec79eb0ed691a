"""Sound: reading, resampling, mixing, generating and judging it. float32 in NumPy arrays, time first.

Nothing here imports another room of Linnet, and nothing here imports JAX. Import the modules by name:
`from linnet.audio.mixing import mix`.
"""
