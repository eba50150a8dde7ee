"""Loaded before Django's settings: the tests keep their files in a folder of their own."""

import atexit
import os
import shutil
import tempfile

if "DABIAO_DATA_DIR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="dabiao-tests-")
    os.environ["DABIAO_DATA_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
