// An audit bundle, checked with Go's own packages for signed notes and transparency logs, which know nothing of Rireki: the signature, the root of
// the leaves, every hash tile, and that the log goes on from an older checkpoint. The paths of tiles are as c2sp.org/tlog-tiles has them.
package main

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintln(os.Stderr, what+":", err)
		os.Exit(1)
	}
}

func tilePath(kind string, n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	path = "tile/" + kind + "/" + path
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

type checkpoint struct {
	size int64
	root tlog.Hash
}

func open(text []byte, verifier note.Verifier) checkpoint {
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err, "signature")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not a checkpoint of %s", verifier.Name()), "checkpoint")
	}
	var one checkpoint
	_, err = fmt.Sscanf(lines[1], "%d", &one.size)
	must(err, "size")
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	must(err, "root")
	copy(one.root[:], hash)
	return one
}

func main() {
	bundle, err := os.ReadFile(os.Args[1])
	must(err, "bundle")
	key, err := os.ReadFile(os.Args[2])
	must(err, "key")
	verifier, err := note.NewVerifier(strings.TrimSpace(strings.Split(string(key), "\n")[0]))
	must(err, "key")
	files := map[string][]byte{}
	for reader := tar.NewReader(bytes.NewReader(bundle)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		must(err, "tar")
		files[header.Name], err = io.ReadAll(reader)
		must(err, header.Name)
	}
	now := open(files["checkpoint"], verifier)

	// The leaves, in order, into the hashes that Go's tree is made of.
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	count := int64(0)
	for n := int64(0); n*256 < now.size; n++ {
		width := int(now.size - n*256)
		if width > 256 {
			width = 256
		}
		entries := files[tilePath("entries", n, width)]
		for len(entries) > 0 {
			length := int(binary.BigEndian.Uint16(entries))
			hashes, err := tlog.StoredHashes(count, entries[2:2+length], reader)
			must(err, "leaf")
			stored = append(stored, hashes...)
			entries = entries[2+length:]
			count++
		}
	}
	root, err := tlog.TreeHash(now.size, reader)
	must(err, "tree")
	if count != now.size || root != now.root {
		must(fmt.Errorf("%d leaves give %v, signed is %v", count, root, now.root), "root")
	}

	// Every tile of hashes.
	tiles := 0
	for level := 0; now.size>>(8*level) > 0; level++ {
		hashes := now.size >> (8 * level)
		for n := int64(0); n*256 < hashes; n++ {
			width := int(hashes - n*256)
			if width > 256 {
				width = 256
			}
			data, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: width}, reader)
			must(err, "tile")
			if !bytes.Equal(data, files[tilePath(fmt.Sprint(level), n, width)]) {
				must(fmt.Errorf("it differs"), tilePath(fmt.Sprint(level), n, width))
			}
			tiles++
		}
	}

	// Older checkpoints.
	older := 0
	for _, name := range os.Args[3:] {
		text, err := os.ReadFile(name)
		must(err, name)
		old := open(text, verifier)
		proof, err := tlog.ProveTree(now.size, old.size, reader)
		must(err, name)
		must(tlog.CheckTree(proof, now.size, now.root, old.size, old.root), name)
		older++
	}
	fmt.Printf("%d leaves, %d tiles, %d older\n", count, tiles, older)
}
