package main

import (
	"encoding/binary"
	"errors"

	multiproof "github.com/crate-crypto/go-ipa"
	"github.com/crate-crypto/go-ipa/banderwagon"
	"github.com/crate-crypto/go-ipa/common"
	"github.com/crate-crypto/go-ipa/ipa"
	"github.com/ethereum/go-verkle"
)

// timeVerifier verifies the proof and blocks, and hashes keys.
func timeVerifier(path string, blockPaths []string) (map[string]any, error) {
	proof, err := readWitness(path)
	if err != nil {
		return nil, err
	}
	blocks, err := readWitnesses(blockPaths)
	if err != nil {
		return nil, err
	}
	start, _ := once(func() error { verkle.GetConfig(); return nil })
	verifyBlocks := func() error {
		for _, block := range blocks {
			if err := verkle.Verify(block.VerkleProof, block.PreRoot, block.PostRoot, block.StateDiff); err != nil {
				return err
			}
		}
		return nil
	}
	blocksTime, err := median(few, verifyBlocks)
	if err != nil {
		return nil, err
	}
	hasher := newHasher(word("address", 0), slots)
	slotTime, err := median(many, func() error { return hasher.stems() })
	if err != nil {
		return nil, err
	}
	// The library's own Verify recomputes the root even where nothing is written, so the proof
	// alone is verified step by step. That takes a configuration of its own, which the memory of a
	// verifier does not count.
	if err := verkle.Verify(proof.VerkleProof, proof.PreRoot, proof.PreRoot, proof.StateDiff); err != nil {
		return nil, err
	}
	peak := peakBytes()
	config, err := ipa.NewIPASettings()
	if err != nil {
		return nil, err
	}
	verify := func() error { return proof.verify(config) }
	if _, err := once(verify); err != nil {
		return nil, err
	}
	verifyTime, err := median(many, verify)
	if err != nil {
		return nil, err
	}
	verifyWall, err := wall(many, verify)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"start": start, "peak_bytes": peak, "verify": verifyTime, "verify_wall": verifyWall,
		"block": blocksTime / float64(max(len(blocks), 1)), "slot_us": slotTime / slots * 1e3,
	}, nil
}

func (w *witness) verify(config *ipa.IPAConfig) error {
	root := new(verkle.Point)
	if err := root.SetBytes(w.PreRoot); err != nil {
		return err
	}
	proof, err := verkle.DeserializeProof(w.VerkleProof, w.StateDiff)
	if err != nil {
		return err
	}
	tree, err := verkle.PreStateTreeFromProof(proof, root)
	if err != nil {
		return err
	}
	items, _, _, err := verkle.GetCommitmentsForMultiproof(tree, proof.Keys, nil)
	if err != nil {
		return err
	}
	transcript := common.NewTranscript("vt")
	ok, err := multiproof.CheckMultiProof(transcript, config, proof.Multipoint, items.Cis, items.Yis, items.Zis)
	if err == nil && !ok {
		err = errors.New("the proof is wrong")
	}
	return err
}

// hasher makes the keys of one account's slots as geth does: the address's part of the commitment
// once, and for each slot the two scalars of its index.
type hasher struct {
	config  *verkle.IPAConfig
	address *verkle.Point
	indices [][]byte
}

func newHasher(address []byte, count int) *hasher {
	config := verkle.GetConfig()
	poly := make([]verkle.Fr, 3)
	poly[0].SetUint64(2 + 256*64)
	verkle.FromLEBytes(&poly[1], address[:16])
	verkle.FromLEBytes(&poly[2], address[16:])
	indices := make([][]byte, count)
	for i := range indices {
		indices[i] = word("slot", i)
	}
	return &hasher{config: config, address: config.CommitToPoly(poly, 0), indices: indices}
}

func (h *hasher) stems() error {
	points := make([]*verkle.Point, len(h.indices))
	scalars := make([]*verkle.Fr, len(h.indices))
	poly := make([]verkle.Fr, 5)
	for i, index := range h.indices {
		if err := verkle.FromLEBytes(&poly[3], index[:16]); err != nil {
			return err
		}
		if err := verkle.FromLEBytes(&poly[4], index[16:]); err != nil {
			return err
		}
		points[i] = h.config.CommitToPoly(poly, 0)
		points[i].Add(points[i], h.address)
		scalars[i] = new(verkle.Fr)
	}
	if err := banderwagon.BatchMapToScalarField(scalars, points); err != nil {
		return err
	}
	var sum uint64
	for _, scalar := range scalars {
		hash := scalar.BytesLE()
		sum += binary.LittleEndian.Uint64(hash[:8])
	}
	if sum == 0 {
		return errors.New("keys that are all zero")
	}
	return nil
}
