"""Datasets that a team writes in Python: declaring them, reading the files of the plug-in folder, their parameters.

Not here: what becomes of the arrays (``trainer/data/own/generated.py``). Plug-in code runs in trainer processes alone;
the site reads ``facts`` and ``parameters``, which run none of it. Nothing here imports NumPy.

A plug-in imports nothing else of Trainyard but ``from trainer.plugins import dataset``.
"""

from trainer.plugins.declaration import dataset

__all__ = ["dataset"]
