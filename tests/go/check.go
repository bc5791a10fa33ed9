// Command check verifies a published log with the Go project's own implementation of transparency logs, which shares
// no code and no author with ours. It prints one line if all is well.
//
//	check FOLDER VKEY [WITNESS…]
//
// VKEY is any key that the log had or has. Where FOLDER holds handovers, changes of the key are followed: each is an
// entry that names two keys, proven under a checkpoint that both of them signed. The key in force must then have signed
// each checkpoint, and both keys the first one over a change.
//
// Each WITNESS is a witness's vkey; the newest checkpoint must carry a cosignature by each of them, which are verified
// in every checkpoint. FOLDER holds checkpoint, checkpoints and tile/…. For the newest checkpoint it verifies the signature, every entry's
// hash, every tile through the tree's root, and an inclusion proof of each entry (of a thousand of them in a larger
// log). For every earlier checkpoint it verifies the signature and a consistency proof, and it repeats the reading of
// tiles as of that size, so that partial tiles of old checkpoints are read as well.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
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

// cosigner verifies timestamped cosignatures (C2SP tlog-cosignature v1), which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func newCosigner(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		log.Fatalf("witness key %q", vkey)
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err, "witness key")
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 0x04 {
		log.Fatalf("witness key %q is of another type", vkey)
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", hash[:4]) != parts[1] {
		log.Fatalf("witness key %q has another id", vkey)
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(hash[:4]), key[1:]}
}

// change is an entry that names the key in force and the one that follows it.
type change struct {
	entry    int64
	old, new note.Verifier
	tree     tlog.Tree
	record   []byte
}

// chain holds a log's keys, oldest first, with the changes between them.
type chain struct {
	first   note.Verifier
	changes []change
}

func (c chain) all() []note.Verifier {
	all := []note.Verifier{c.first}
	for _, each := range c.changes {
		all = append(all, each.new)
	}
	return all
}

// signers returns who must have signed a checkpoint of a size, after one of the size before.
func (c chain) signers(before, size int64) []note.Verifier {
	var needed []note.Verifier
	last := c.first
	for _, each := range c.changes {
		if each.entry >= size {
			break
		}
		if each.entry >= before {
			needed = append(needed, each.old)
		}
		last = each.new
	}
	return append(needed, last)
}

func same(one, other note.Verifier) bool {
	return one.Name() == other.Name() && one.KeyHash() == other.KeyHash()
}

const proofLine = "c2sp.org/tlog-proof@v1\n"

// follow reads the changes of a log's keys, and ends the program unless the trusted key is one of them.
func follow(content []byte, vkey string) chain {
	trusted, err := note.NewVerifier(vkey)
	must(err, "key")
	keys := chain{first: trusted}
	for _, part := range strings.Split(string(content), proofLine)[1:] {
		keys.changes = append(keys.changes, readChange(part))
	}
	known := false
	for i, each := range keys.changes {
		if i == 0 {
			keys.first = each.old
		} else if !same(each.old, keys.changes[i-1].new) || each.entry <= keys.changes[i-1].entry {
			log.Fatalf("the change at entry %d does not follow from the one before", each.entry)
		}
	}
	for _, each := range keys.all() {
		known = known || same(each, trusted)
	}
	if !known {
		log.Fatal("the key is none of the log's")
	}
	return keys
}

func readChange(part string) change {
	head, signed, found := strings.Cut(part, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || !strings.HasPrefix(lines[0], "extra ") {
		log.Fatal("handover of another form")
	}
	record, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[0], "extra "))
	must(err, "handover")
	var entry struct {
		Action string
		Index  int64
		Data   struct {
			Old string `json:"old_vkey"`
			New string `json:"new_vkey"`
		}
	}
	must(json.Unmarshal(record, &entry), "handover")
	if entry.Action != "signing-key-rotated.v1" || lines[1] != fmt.Sprintf("index %d", entry.Index) {
		log.Fatal("a handover holds another entry")
	}
	result := change{entry: entry.Index, record: record}
	result.old, err = note.NewVerifier(entry.Data.Old)
	must(err, "old key")
	result.new, err = note.NewVerifier(entry.Data.New)
	must(err, "new key")
	result.tree, _ = open([]byte(signed), []note.Verifier{result.old, result.new}, nil, nil)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		must(err, "handover's path")
		proof = append(proof, hash)
	}
	must(tlog.CheckRecord(proof, result.tree.N, result.tree.Hash, entry.Index, tlog.RecordHash(record)), "handover")
	return result
}

// open returns the tree of a checkpoint that all needed keys have signed, and how many witnesses cosigned it.
func open(signed []byte, needed, known, witnesses []note.Verifier) (tlog.Tree, int) {
	// Open fails if a signature by any known key does not fit; of keys named twice, it takes none.
	list := append([]note.Verifier{}, needed...)
	for _, each := range known {
		twice := false
		for _, other := range needed {
			twice = twice || same(each, other)
		}
		if !twice {
			list = append(list, each)
		}
	}
	opened, err := note.Open(signed, note.VerifierList(append(list, witnesses...)...))
	if err != nil {
		log.Fatalf("checkpoint: %v", err)
	}
	cosigned := 0
	for _, signature := range opened.Sigs {
		for _, each := range witnesses {
			if signature.Name == each.Name() && signature.Hash == each.KeyHash() {
				cosigned++
			}
		}
	}
	for _, each := range needed {
		own := 0
		for _, signature := range opened.Sigs {
			if signature.Name == each.Name() && signature.Hash == each.KeyHash() {
				own++
			}
		}
		if own != 1 {
			log.Fatalf("checkpoint: %d signatures by a key of the log that must sign", own)
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != needed[0].Name() {
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
	return tree, cosigned
}

// sizeOf returns the size that a checkpoint states, which nothing has verified yet.
func sizeOf(signed []byte) int64 {
	var size int64
	lines := strings.Split(string(signed), "\n")
	if len(lines) < 4 {
		log.Fatal("checkpoint of another form")
	}
	_, err := fmt.Sscanf(lines[1], "%d", &size)
	must(err, "checkpoint's size")
	return size
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
	handovers, err := os.ReadFile(filepath.Join(f.path, "handovers"))
	if err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	keys := follow(handovers, os.Args[2])
	signed, err := os.ReadFile(filepath.Join(f.path, "checkpoint"))
	must(err, "checkpoint")
	var witnesses []note.Verifier
	for _, vkey := range os.Args[3:] {
		witnesses = append(witnesses, newCosigner(vkey))
	}
	size := sizeOf(signed)
	tree, cosigned := open(signed, keys.signers(size, size), keys.all(), witnesses)
	if cosigned != len(witnesses) {
		log.Fatalf("%d of %d witnesses have cosigned", cosigned, len(witnesses))
	}
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

	for _, each := range keys.changes {
		if each.entry < tree.N && !bytes.Equal(entries[each.entry], each.record) {
			log.Fatalf("entry %d is another one than the change of key under that number", each.entry)
		}
	}
	for i, entry := range entries {
		states := bytes.Contains(entry, []byte("\"action\":\"signing-key-rotated.v1\"")) &&
			bytes.Contains(entry, []byte("\"old_vkey\":\""+keys.first.Name()+"+"))
		for _, each := range keys.changes {
			states = states && each.entry != int64(i)
		}
		if states {
			log.Fatalf("entry %d changes the key, and no handover proves it", i)
		}
	}

	history, err := os.ReadFile(filepath.Join(f.path, "checkpoints"))
	must(err, "history")
	notes := split(history)
	if len(notes) == 0 || !bytes.Equal(notes[len(notes)-1], signed) {
		log.Fatal("the history does not end with the checkpoint")
	}
	before := int64(0)
	for _, old := range notes {
		size := sizeOf(old)
		earlier, _ := open(old, keys.signers(before, size), keys.all(), witnesses)
		before = size
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
