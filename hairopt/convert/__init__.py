"""A network in another form: tflite to onnx, float16, int8."""
