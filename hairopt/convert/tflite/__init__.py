"""Reading and writing TFLite files, and the way from TFLite to ONNX and back."""
