module github.com/NVIDIA/cloud-native-stack/test/harness

go 1.26.0

toolchain go1.27.3
