// Command check verifies a published log with the Go project's own implementation of transparency logs, which shares
// no code and no author with ours. It prints one line if all is well.
//
//	check FOLDER VKEY
//
// FOLDER holds checkpoint, checkpoints and tile/…. For the newest checkpoint it verifies the signature, every entry's
// hash, every tile through the tree's root, and an inclusion proof of each entry (of a thousand of them in a larger
// log). For every earlier checkpoint it verifies the signature and a consistency proof, and it repeats the reading of
// tiles as of that size, so that partial tiles of old checkpoints are read as well.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// folder reads tiles as tlog.TileReader wants them.
type folder struct{ path string }

func (f folder) Height() int { return height }

// C2SP tlog-tiles leaves the height out of the path, and calls the tiles of entries so and not "data".
func tilePath(t tlog.Tile) string {
	return strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(f.path, tilePath(t)))
		if os.IsNotExist(err) && t.W < 1<<height {
			// A partial tile may be gone once its full tile is there.
			full := t
			full.W = 1 << height
			data, err = os.ReadFile(filepath.Join(f.path, tilePath(full)))
			if err == nil {
				data = data[:t.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		path := strings.Replace(tilePath(tlog.Tile{H: height, L: 0, N: n, W: int(width)}), "tile/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(f.path, path))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s is cut short", path)
			}
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s goes on after its entries", path)
		}
	}
	return all, nil
}

func open(signed []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		log.Fatalf("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		log.Fatalf("checkpoint of another form: %q", opened.Text)
	}
	var tree tlog.Tree
	if _, err := fmt.Sscanf(lines[1], "%d", &tree.N); err != nil {
		log.Fatal(err)
	}
	hash, err := tlog.ParseHash(lines[2])
	if err != nil {
		log.Fatal(err)
	}
	tree.Hash = hash
	return tree
}

// split divides the history: a note ends with its signature lines.
func split(history []byte) [][]byte {
	var notes [][]byte
	var current []byte
	signatures := false
	for _, line := range bytes.SplitAfter(history, []byte("\n")) {
		if signatures && !bytes.HasPrefix(line, []byte("— ")) {
			notes, current, signatures = append(notes, current), nil, false
		}
		current = append(current, line...)
		signatures = signatures || string(line) == "\n"
	}
	return notes
}

func must(err error, format string, arguments ...interface{}) {
	if err != nil {
		log.Fatalf(format+": %v", append(arguments, err)...)
	}
}

func main() {
	log.SetFlags(0)
	f := folder{os.Args[1]}
	verifier, err := note.NewVerifier(os.Args[2])
	must(err, "key")
	signed, err := os.ReadFile(filepath.Join(f.path, "checkpoint"))
	must(err, "checkpoint")
	tree := open(signed, verifier)
	entries, err := f.entries(tree.N)
	must(err, "entries")

	// Go's tree of no leaves has no hash; RFC 6962 gives it that of nothing.
	if tree.N == 0 {
		if tree.Hash.String() != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
			log.Fatalf("root of the empty tree: %v", tree.Hash)
		}
		fmt.Println("verified 0 entries")
		return
	}

	reader := tlog.TileHashReader(tree, f)
	root, err := tlog.TreeHash(tree.N, reader)
	must(err, "tree")
	if root != tree.Hash {
		log.Fatalf("root is %v, signed was %v", root, tree.Hash)
	}
	indexes := make([]int64, tree.N)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	for start := 0; start < len(indexes); start += 256 {
		end := start + 256
		if end > len(indexes) {
			end = len(indexes)
		}
		hashes, err := reader.ReadHashes(indexes[start:end])
		must(err, "hashes from %d", start)
		for i, hash := range hashes {
			if hash != tlog.RecordHash(entries[start+i]) {
				log.Fatalf("entry %d does not give its hash", start+i)
			}
		}
	}
	step := tree.N/1000 + 1
	for i := int64(0); i < tree.N; i += step {
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		must(err, "proving entry %d", i)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, i, tlog.RecordHash(entries[i])), "checking entry %d", i)
	}

	history, err := os.ReadFile(filepath.Join(f.path, "checkpoints"))
	must(err, "history")
	notes := split(history)
	if len(notes) == 0 || !bytes.Equal(notes[len(notes)-1], signed) {
		log.Fatal("the history does not end with the checkpoint")
	}
	for _, old := range notes {
		earlier := open(old, verifier)
		if earlier.N == 0 {
			continue
		}
		proof, err := tlog.ProveTree(tree.N, earlier.N, reader)
		must(err, "proving size %d", earlier.N)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, earlier.N, earlier.Hash), "checking size %d", earlier.N)
		_, err = tlog.ProveRecord(earlier.N, earlier.N-1, tlog.TileHashReader(earlier, f))
		must(err, "tiles as of size %d", earlier.N)
	}
	fmt.Printf("verified %d entries\n", tree.N)
}
