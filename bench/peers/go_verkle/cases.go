package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/ethereum/go-verkle"
)

// treeCase is a tree, the keys that are to be proven, and what is written afterwards.
type treeCase struct {
	Pairs  [][2]hexBytes `json:"pairs"`
	Keys   []hexBytes    `json:"keys"`
	Writes [][2]hexBytes `json:"writes"`
}

// answerLines prints one JSON object for each object that is read.
func answerLines[T any](answer func(*T) (any, error)) error {
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	encoder := json.NewEncoder(os.Stdout)
	for {
		read := new(T)
		if err := decoder.Decode(read); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		answered, err := answer(read)
		if err != nil {
			return err
		}
		if err := encoder.Encode(answered); err != nil {
			return err
		}
	}
}

func makeWitness(c *treeCase) (any, error) {
	tree := verkle.New()
	if err := insertAll(tree, c.Pairs); err != nil {
		return nil, err
	}
	pre := tree.Commit().Bytes()
	after := tree.Copy()
	if err := insertAll(after, c.Writes); err != nil {
		return nil, err
	}
	post := after.Commit().Bytes()
	keys := make([][]byte, len(c.Keys))
	for i, key := range c.Keys {
		keys[i] = key
	}
	proof, _, _, _, err := verkle.MakeVerkleMultiProof(tree, after, keys, nil)
	if err != nil {
		return nil, err
	}
	made := &witness{PreRoot: pre[:], PostRoot: post[:]}
	made.VerkleProof, made.StateDiff, err = verkle.SerializeProof(proof)
	return made, err
}

func insertAll(tree verkle.VerkleNode, pairs [][2]hexBytes) error {
	for _, pair := range pairs {
		if err := tree.Insert(pair[0], pair[1], nil); err != nil {
			return err
		}
	}
	return nil
}

// verdict says why a witness is refused: the library's error, or its panic.
func verdict(w *witness) (answer any, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			answer = map[string]string{"error": fmt.Sprint("panic: ", caught)}
		}
	}()
	refused := ""
	if err := verkle.Verify(w.VerkleProof, w.PreRoot, w.PostRoot, w.StateDiff); err != nil {
		refused = err.Error()
	}
	return map[string]string{"error": refused}, nil
}
