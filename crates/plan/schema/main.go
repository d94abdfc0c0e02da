// Command schema prints how the built-in kinds of Kubernetes merge: one block for each struct type with its JSON
// fields, their types, patch tags and whether server-side apply owns them as a whole, and one line for each kind that
// client-go knows.
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
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
)

func main() {
	known := runtime.NewScheme()
	check(scheme.AddToScheme(known))
	check(apiextensions.AddToScheme(known))

	table := table{structs: map[string][]string{}, atomic: atomicFields(known)}
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
	atomic  map[string]bool
}

// atomicFields names the fields (struct and JSON name) that server-side apply owns as a whole.
func atomicFields(known *runtime.Scheme) map[string]bool {
	found := map[string]bool{}
	types := applyconfigurations.NewTypeConverter(known)
	for gvk, t := range known.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || !isObject(t) {
			continue
		}
		object := reflect.New(t).Interface().(runtime.Object)
		object.GetObjectKind().SetGroupVersionKind(gvk)
		if typed, err := types.ObjectToTyped(object); err == nil {
			walk{typed.Schema(), found, map[string]bool{}}.visit(typed.TypeRef(), t)
		}
	}
	return found
}

type walk struct {
	types *schema.Schema
	found map[string]bool
	seen  map[string]bool
}

func (w walk) visit(ref schema.TypeRef, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	atom, ok := w.types.Resolve(ref)
	switch {
	case !ok:
	case atom.List != nil && t.Kind() == reflect.Slice:
		w.visit(atom.List.ElementType, t.Elem())
	case atom.Map != nil && t.Kind() == reflect.Map:
		w.visit(atom.Map.ElementType, t.Elem())
	case atom.Map != nil && t.Kind() == reflect.Struct && !w.seen[shortName(t)]:
		w.seen[shortName(t)] = true
		w.fields(atom.Map, shortName(t), t)
	}
}

func (w walk) fields(m *schema.Map, structName string, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous && f.Type.Kind() == reflect.Struct {
			w.fields(m, structName, f.Type)
		}
		if field, ok := m.FindField(name); ok {
			atom, _ := w.types.Resolve(field.Type)
			list := atom.List != nil && atom.List.ElementRelationship == schema.Atomic
			whole := atom.Map != nil && atom.Map.ElementRelationship == schema.Atomic
			w.found[structName+" "+name] = atom.Scalar == nil && (list || whole)
			w.visit(field.Type, f.Type)
		}
	}
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
	return append([]string{head}, t.fields(name, typ)...)
}

func (t *table) fields(structName string, typ reflect.Type) []string {
	var lines []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case name == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			lines = append(lines, t.fields(structName, f.Type)...)
		default:
			if name == "" {
				name = f.Name
			}
			atomic := ""
			if t.atomic[structName+" "+name] {
				atomic = "atomic"
			}
			columns := []string{"", name, t.name(f.Type), f.Tag.Get("patchStrategy"), f.Tag.Get("patchMergeKey"), atomic}
			line := strings.Join(columns, "\t")
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
