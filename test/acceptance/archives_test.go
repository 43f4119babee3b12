package acceptance

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// TestArchives asks two servers, started at different times in different time zones, for the same
// bundles in another order. The second one gets the components in reverse, and the recipe where the
// first one resolves criteria.
func TestArchives(t *testing.T) {
	key, binary := newKey(t), harness.Binary(t)
	first := start(t, binary, key, "TZ=UTC")
	started := time.Now()
	forms, requests := forms(), requests(t)
	type answer struct {
		header http.Header
		body   []byte
	}
	answers := map[string]answer{}
	tags := map[string]string{}
	for _, r := range requests {
		var shared []file // what doesn't depend on the deployer
		for _, f := range forms {
			name := r.name + "/" + f.String()
			var unpacked [][]file
			for format, unpack := range map[string]func(*testing.T, []byte) []file{"zip": unzip, "tar.gz": untar} {
				header, body := first.post(t, r, f, format)
				answers[name+format] = answer{header, body}
				files := unpack(t, body)
				unpacked = append(unpacked, files)
				checkHeaders(t, header, body, files)
				if other, ok := tags[header.Get("ETag")]; ok {
					t.Errorf("%s as %s has the ETag of %s", name, format, other)
				}
				tags[header.Get("ETag")] = name
			}
			if !slices.EqualFunc(unpacked[0], unpacked[1], sameFile) {
				t.Errorf("%s: zip and tar.gz hold different files", name)
			}
			checkEntries(t, name, unpacked[0])
			same := slices.DeleteFunc(unpacked[0], func(f file) bool {
				shared := []string{"recipe.yaml", "images.txt", "charts.txt", "sbom.cdx.json", "hauler-manifest.yaml"}
				return !slices.Contains(shared, f.name)
			})
			if shared != nil && !slices.EqualFunc(shared, same, sameFile) {
				t.Errorf("%s: the recipe, or what it pulls, depends on the deployer", name)
			}
			shared = same
		}
	}
	time.Sleep(time.Until(started.Add(2100 * time.Millisecond))) // archives count in steps of two seconds
	second := start(t, binary, key, "TZ=Asia/Kathmandu")
	reversed := map[string]request{}
	for _, r := range requests {
		reversed[r.name] = second.reversed(t, r)
	}
	for _, r := range slices.Backward(requests) {
		for _, f := range slices.Backward(forms) {
			for _, format := range []string{"tar.gz", "zip"} {
				name := r.name + "/" + f.String() + format
				header, body := second.post(t, reversed[r.name], f, format)
				if !bytes.Equal(body, answers[name].body) || header.Get("ETag") != answers[name].header.Get("ETag") {
					t.Errorf("%s differs between two servers", name)
				}
			}
		}
	}
}

// reversed is a request for the same bundle, by a recipe with its components in reverse.
func (s server) reversed(t *testing.T, r request) request {
	t.Helper()
	if r.query != nil {
		r.body = s.Get(t, "/v1/recipe?"+r.query.Encode())
	}
	recipe := decode[object](t, r.body)
	slices.Reverse(recipe["componentRefs"].([]any))
	var err error
	if r.body, err = json.Marshal(recipe); err != nil {
		t.Fatal(err)
	}
	return r
}

func sameFile(a, b file) bool {
	return a.name == b.name && bytes.Equal(a.data, b.data) && a.mode == b.mode && a.modified.Equal(b.modified)
}

func checkHeaders(t *testing.T, header http.Header, body []byte, files []file) {
	t.Helper()
	sum := sha256.Sum256(body)
	if got, want := header.Get("Repr-Digest"), "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":"; got != want {
		t.Errorf("Repr-Digest %s, want %s", got, want)
	}
	if tag := header.Get("ETag"); len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		t.Errorf("no strong ETag: %s", tag)
	}
	for name, want := range map[string]int{
		"X-Bundle-Files": len(files), "X-Bundle-Size": len(body), "Content-Length": len(body),
	} {
		if got := header.Get(name); got != fmt.Sprint(want) {
			t.Errorf("%s %s, want %d", name, got, want)
		}
	}
}

// checkEntries checks that archives unpack to the same everywhere.
func checkEntries(t *testing.T, name string, files []file) {
	t.Helper()
	for i, f := range files {
		if i > 0 && files[i-1].name >= f.name {
			t.Errorf("%s: %s comes after %s", name, f.name, files[i-1].name)
		}
		if path.Clean("/"+f.name) != "/"+f.name {
			t.Errorf("%s: path %s", name, f.name)
		}
		want := "-rw-r--r--"
		if path.Ext(f.name) == ".sh" {
			want = "-rwxr-xr-x"
		}
		if f.mode.String() != want {
			t.Errorf("%s: %s has mode %s", name, f.name, f.mode)
		}
		if year := f.modified.Year(); year != 1980 {
			t.Errorf("%s: %s is of %s", name, f.name, f.modified)
		}
	}
}
