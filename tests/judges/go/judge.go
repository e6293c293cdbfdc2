// Judge verifies our logs and proofs with golang.org/x/mod, which serves Go's checksum database.
//
//	judge log DIR VKEY             audits an exported log: checkpoint, every tile, every entry
//	judge proofs VKEY <cases.json  judges proofs one by one; prints true or false for each
//
// It is built with modules, or with Debian's golang-golang-x-mod-dev in GOPATH mode.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// files reads tiles of the C2SP layout, whose paths lack the height that x/mod puts in.
type files struct{ dir string }

func (f files) Height() int { return height }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.dir, path))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

// head is what a checkpoint says once its signature was verified.
func head(data []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the text is no checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

// entries are those of one bundle, each with its length before it.
func entries(dir string, index, width int64) ([][]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index, W: int(width)}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		return nil, err
	}
	var found [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("the bundle is cut")
		}
		length := int(binary.BigEndian.Uint16(data))
		found = append(found, data[2:2+length])
		data = data[2+length:]
	}
	if int64(len(found)) != width {
		return nil, fmt.Errorf("the bundle holds %d entries, not %d", len(found), width)
	}
	return found, nil
}

func audit(dir, vkey string) error {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := head(data, vkey)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, files{dir})
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		found, err := entries(dir, first/256, width)
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, entry := range found {
			if hashes[i] != tlog.RecordHash(entry) {
				return fmt.Errorf("entry %d is not the one of the tree", first+int64(i))
			}
		}
	}
	for _, n := range []int64{0, tree.N / 3, tree.N - 1} {
		if err := check(tree, n, reader); err != nil {
			return err
		}
	}
	fmt.Printf("%d entries\n", tree.N)
	return nil
}

// check makes a proof out of our tiles and verifies it, and one that the tree grew.
func check(tree tlog.Tree, n int64, reader tlog.HashReader) error {
	hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(tree.N, n, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, hashes[0]); err != nil {
		return err
	}
	old, err := tlog.TreeHash(n+1, reader)
	if err != nil {
		return err
	}
	grown, err := tlog.ProveTree(tree.N, n+1, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(grown, tree.N, tree.Hash, n+1, old)
}

// proof is one case: inclusion of Leaf at Old, or growth from Old (whose root is Leaf).
type proof struct {
	Kind       string
	Checkpoint string
	Old        int64
	Leaf       string
	Proof      []string
}

func judge(one proof, vkey string) error {
	data, err := base64.StdEncoding.DecodeString(one.Checkpoint)
	if err != nil {
		return err
	}
	tree, err := head(data, vkey)
	if err != nil {
		return err
	}
	leaf, err := tlog.ParseHash(one.Leaf)
	if err != nil {
		return err
	}
	hashes := make([]tlog.Hash, len(one.Proof))
	for i, text := range one.Proof {
		if hashes[i], err = tlog.ParseHash(text); err != nil {
			return err
		}
	}
	if one.Kind == "inclusion" {
		return tlog.CheckRecord(tlog.RecordProof(hashes), tree.N, tree.Hash, one.Old, leaf)
	}
	return tlog.CheckTree(tlog.TreeProof(hashes), tree.N, tree.Hash, one.Old, leaf)
}

func proofs(vkey string) error {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var cases []proof
	if err := json.Unmarshal(data, &cases); err != nil {
		return err
	}
	verdicts := make([]bool, len(cases))
	for i, one := range cases {
		verdicts[i] = judge(one, vkey) == nil
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "log":
		err = audit(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "proofs":
		err = proofs(os.Args[2])
	default:
		err = fmt.Errorf("usage: judge log DIR VKEY | judge proofs VKEY")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
