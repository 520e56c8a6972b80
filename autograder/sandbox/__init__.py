"""The untrusted side: what runs in one process with a student's code.

It imports nothing of ours but `protocol`, so nothing here knows an answer.
"""
