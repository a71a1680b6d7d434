package meter

import (
	"runtime/debug"
	"strings"
)

const gethModule = "github.com/ethereum/go-ethereum"

// GethVersion reads the version of the library from the build itself.
func GethVersion() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, module := range info.Deps {
			if module.Path == gethModule {
				return strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return "unknown"
}
