package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"os"

	"github.com/ethereum/go-verkle"
)

// word is 32 bytes that look random.
func word(kind string, index int) []byte {
	hash := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(kind), uint64(index)))
	return hash[:]
}

// timeTree inserts, updates and proves; it writes the proof to a file.
func timeTree(size int, path string) (map[string]any, error) {
	start, _ := once(func() error { verkle.GetConfig(); return nil })
	root := verkle.New()
	insert, err := once(func() error {
		for i := range size {
			if err := root.Insert(word("key", i), word("value", i), nil); err != nil {
				return err
			}
		}
		root.Commit()
		return nil
	})
	if err != nil {
		return nil, err
	}
	round := 0
	update, err := median(few, func() error {
		round++
		for i := range min(updated, size) {
			if err := root.Insert(word("key", i*7%size), word("update", i+round*updated), nil); err != nil {
				return err
			}
		}
		root.Commit()
		return nil
	})
	if err != nil {
		return nil, err
	}
	keys := make([][]byte, min(proven, size))
	for i := range keys {
		keys[i] = word("key", i*91%size)
	}
	made := new(witness)
	prove, err := median(many, func() error {
		proof, _, _, _, err := verkle.MakeVerkleMultiProof(root, nil, keys, nil)
		if err != nil {
			return err
		}
		made.VerkleProof, made.StateDiff, err = verkle.SerializeProof(proof)
		return err
	})
	if err != nil {
		return nil, err
	}
	commitment := root.Commit().Bytes()
	made.PreRoot = commitment[:]
	text, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	figures := map[string]any{
		"start": start, "insert": insert, "update": update, "prove": prove,
		"commitments": len(made.VerkleProof.CommitmentsByPath), "root": made.PreRoot,
		"peak_bytes": peakBytes(),
	}
	return figures, os.WriteFile(path, text, 0o644)
}
