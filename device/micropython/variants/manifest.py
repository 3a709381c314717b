include("$(MPY_DIR)/extmod/asyncio")
module("kilopy_run.py", base_path="/src/variants", opt=3)
