module github.com/NVIDIA/cloud-native-stack/test/clients

go 1.26.0

toolchain go1.27.3

require (
	github.com/NVIDIA/cloud-native-stack v0.0.0
	github.com/google/uuid v1.6.0
)

require (
	github.com/NVIDIA/cloud-native-stack/test/harness v0.0.0
	github.com/apapsch/go-jsonmerge/v2 v2.0.0 // indirect
	github.com/oapi-codegen/runtime v1.8.0 // indirect
)

replace github.com/NVIDIA/cloud-native-stack => ../..

replace github.com/NVIDIA/cloud-native-stack/test/harness => ../harness
