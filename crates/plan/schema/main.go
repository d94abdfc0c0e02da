// Command schema prints how the built-in kinds of Kubernetes merge: one block for each struct type with its JSON
// fields, their types and patch tags, and one line for each kind that client-go knows.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	known := runtime.NewScheme()
	check(scheme.AddToScheme(known))
	check(apiextensions.AddToScheme(known))

	table := table{structs: map[string][]string{}}
	for gvk, t := range known.AllKnownTypes() {
		if gvk.Version != runtime.APIVersionInternal && isObject(t) {
			group := gvk.GroupVersion().String()
			table.kinds = append(table.kinds, fmt.Sprintf("kind %s %s %s", group, gvk.Kind, table.name(t)))
		}
	}
	table.print()
}

func isObject(t reflect.Type) bool {
	f, ok := t.FieldByName("ObjectMeta")
	return ok && f.Type == reflect.TypeOf(meta.ObjectMeta{})
}

type table struct {
	structs map[string][]string
	kinds   []string
}

// name gives the text of a type and records the structs in it.
func (t *table) name(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Pointer:
		return "*" + t.name(typ.Elem())
	case reflect.Slice:
		return "[]" + t.name(typ.Elem())
	case reflect.Map:
		return "{}" + t.name(typ.Elem())
	case reflect.Struct:
		name := shortName(typ)
		if _, seen := t.structs[name]; !seen {
			t.structs[name] = nil
			t.structs[name] = t.block(name, typ)
		}
		return name
	default:
		return typ.Kind().String()
	}
}

func shortName(typ reflect.Type) string {
	path := typ.PkgPath()
	for _, prefix := range []string{
		"k8s.io/apimachinery/pkg/apis/", "k8s.io/apimachinery/pkg/", "k8s.io/apiextensions-apiserver/pkg/apis/", "k8s.io/api/",
	} {
		if short, ok := strings.CutPrefix(path, prefix); ok {
			path = short
			break
		}
	}
	return path + "." + typ.Name()
}

func (t *table) block(name string, typ reflect.Type) []string {
	head := "struct " + name
	if reflect.PointerTo(typ).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		head += " own"
	}
	return append([]string{head}, t.fields(typ)...)
}

func (t *table) fields(typ reflect.Type) []string {
	var lines []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case name == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			lines = append(lines, t.fields(f.Type)...)
		default:
			if name == "" {
				name = f.Name
			}
			line := strings.Join([]string{"", name, t.name(f.Type), f.Tag.Get("patchStrategy"), f.Tag.Get("patchMergeKey")}, "\t")
			lines = append(lines, strings.TrimRight(line, "\t"))
		}
	}
	return lines
}

func (t *table) print() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if dep.Path == "k8s.io/api" || dep.Path == "k8s.io/apiextensions-apiserver" {
			fmt.Fprintf(out, "# %s %s\n", dep.Path, dep.Version)
		}
	}
	names := make([]string, 0, len(t.structs))
	for name := range t.structs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintln(out, strings.Join(t.structs[name], "\n"))
	}
	sort.Strings(t.kinds)
	fmt.Fprintln(out, strings.Join(t.kinds, "\n"))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
