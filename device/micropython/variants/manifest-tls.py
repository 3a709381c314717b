include("manifest.py")
module("ssl.py", base_path="/src/variants", opt=3)
