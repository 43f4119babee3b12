package options

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// numbered returns n items, of which each has another number.
func numbered(n int, format string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	return list
}

// atLimit are parameters with as many and as long items as the contract and the limit of headers
// admit, and functions that return those with another number of items.
func atLimit() map[string]struct {
	most   int
	params func(n int) Params
} {
	label, value := strings.Repeat("k", 60)+"%d", strings.Repeat("v", 63)
	host := strings.Repeat("d.", 100) + "e/"
	toleration, selector := label+"="+value+":NoSchedule", label+"="+value
	selectors := func(list []string) Params {
		return Params{SystemNodeSelector: list, AcceleratedNodeSelector: list}
	}
	tolerations := func(list []string) Params {
		return Params{SystemNodeToleration: list, AcceleratedNodeToleration: list}
	}
	const version, image = "gpu-operator:driver.version=%d", "kube-prometheus-stack:grafana.image.tag=%d"
	return map[string]struct {
		most   int
		params func(n int) Params
	}{
		"set":           {256, func(n int) Params { return Params{Set: numbered(n, version)} }},
		"set of images": {256, func(n int) Params { return Params{Set: numbered(n, image)} }},
		"set of a list": {120, func(n int) Params {
			return Params{Set: numbered(n, "gpu-operator:driver.env[%d].name=x")}
		}},
		"force-set": {256, func(n int) Params {
			return Params{ForceSet: numbered(n, "gpu-operator:a.b%d.c=x")}
		}},
		"long force-set": {16, func(n int) Params {
			return Params{ForceSet: numbered(n, "gpu-operator:k%d="+strings.Repeat("x", 4000))}
		}},
		"deep force-set": {256, func(n int) Params {
			return Params{ForceSet: numbered(n, "gpu-operator:"+strings.Repeat("a.", 25)+"b%d=x")}
		}},
		"force-set of many keys": {8, func(n int) Params {
			return Params{ForceSet: numbered(n, "gpu-operator:k%d=1"+strings.Repeat(",aa=x", 800))}
		}},
		"bundlers": {256, func(n int) Params {
			return Params{Bundlers: slices.Repeat([]string{"nvsentinel"}, n)}
		}},
		"selectors":        {64, func(n int) Params { return selectors(numbered(n, selector)) }},
		"long selectors":   {64, func(n int) Params { return selectors(numbered(n, host+selector)) }},
		"tolerations":      {64, func(n int) Params { return tolerations(numbered(n, toleration)) }},
		"long tolerations": {64, func(n int) Params { return tolerations(numbered(n, host+toleration)) }},
	}
}

// whole returns an embedded recipe with options for all of it.
func whole(t testing.TB) bundled {
	t.Helper()
	c := catalogtest.Embedded(t)
	criteria := gen.Criteria{Service: "eks", Accelerator: "gb200", Intent: "training", OS: "ubuntu"}
	r, err := recipe.Resolve(t.Context(), c, criteria, recipe.Build{})
	if err != nil {
		t.Fatal(err)
	}
	return newBundled(c, r.ComponentRefs...)
}

func (b bundled) applyAll(t testing.TB, p Params) {
	t.Helper()
	if _, _, err := Apply(t.Context(), b.Recipe, b.components, p, append(BeforeSet(), Set)...); err != nil {
		t.Fatal(err)
	}
}

// TestCost wants the work to grow with the items: at their limit it is at most five times that at a
// quarter of it.
func TestCost(t *testing.T) {
	b := whole(t)
	runtime.LockOSThread() // whose processor time is taken
	defer runtime.UnlockOSThread()
	for name, tt := range atLimit() {
		const tries = 5 // of which one has to be right: the collector's work falls on some of them
		var few, many time.Duration
		for try := 0; try == 0 || try < tries && many > 5*few; try++ {
			few = cost(t, func() { b.applyAll(t, tt.params(tt.most/4)) })
			many = cost(t, func() { b.applyAll(t, tt.params(tt.most)) })
		}
		if t.Logf("%s: %v, a quarter %v", name, many, few); many > 5*few {
			t.Errorf("%s: %d items take %v, a quarter of them %v", name, tt.most, many, few)
		}
	}
}

// cost is the processor time of this thread that a function takes. It is counted in ticks of some
// milliseconds, so it takes many runs to tell.
func cost(t *testing.T, f func()) time.Duration {
	t.Helper()
	const thread, enough = 1, 60 * time.Millisecond // RUSAGE_THREAD of Linux
	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(thread, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for start, runs := now(), time.Duration(1); ; runs++ {
		f()
		if took := now() - start; took >= enough {
			return took / runs
		}
	}
}

// BenchmarkAtLimit is to stay below 10 ms each.
func BenchmarkAtLimit(b *testing.B) {
	all := whole(b)
	for name, tt := range atLimit() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				all.applyAll(b, tt.params(tt.most))
			}
		})
	}
}
