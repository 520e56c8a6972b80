"""Mistakes that are common, so that two of them at once are looked for before others."""

from functools import cache

COMMON = {  # in code that students and public repositories have, as far as it was counted, by unit or exercise
    "positional_encoding": """
        pe-exponent-halved pe-exponent-doubled pe-exponent-per-column pe-exponent-per-column-doubled pe-wrong-base
        pe-positions-from-one pe-half-split pe-sin-cos-swapped pe-integer-division pe-single-precision pe-is-parameter
        pe-not-buffer pe-slice-by-batch pe-replaces-x pe-scales-x pe-no-dropout pe-dropout-on-x pe-too-long-accepted
        pe-default-max-len-short pe-no-dropout-by-default pe-batch-axis pe-in-place""",
    "attention": """
        softmax-no-max-subtraction softmax-maximum-of-all softmax-over-first-axis softmax-over-all softmax-no-keepdims
        softmax-ignores-axis softmax-default-axis-zero scale-missing scale-by-dk scale-by-dmodel scale-multiplied
        mask-ignored mask-inverted mask-fill-small mask-fill-zero mask-fill-minus-infinity-everywhere mask-truthiness
        mask-none-crashes mask-after-softmax mask-added-as-number kt-reverses-all-axes kt-swaps-two-and-three
        weights-not-returned results-exchanged scores-returned attn-no-dropout attn-dropout-in-eval
        attn-dropout-on-output attn-dropout-not-rescaled causal-strict causal-flipped causal-as-float padding-one-axis
        padding-no-axes padding-id-hard-coded padding-hidden mha-merge-without-transpose mha-split-reshape-only
        mha-no-output-projection mha-divisibility-unchecked mha-divisibility-asserted mha-weights-averaged
        mha-keys-and-values-exchanged mha-one-projection mha-bias-missing mha-weight-transposed mha-uses-tq-for-keys
        mha-inputs-not-projected bwd-softmax-diagonal bwd-softmax-term-missing bwd-scale-forgotten bwd-scale-by-dk
        bwd-mask-forgotten bwd-order-of-results bwd-dk-not-transposed bwd-dv-not-transposed bwd-softmax-skipped
        bwd-mha-weight-transposed bwd-mha-bias-axes bwd-mha-mean""",
    "feed_forward": """
        ffn-gelu ffn-leaky-relu ffn-no-activation ffn-relu-after-second ffn-relu-both ffn-bias-missing
        ffn-first-bias-missing ffn-second-bias-missing ffn-weight-transposed ffn-residual-added ffn-in-place-relu
        ffn-no-dropout ffn-dropout-on-output ffn-dropout-twice ffn-dropout-in-eval ffn-dropout-default-zero
        ffn-writes-into-x bwd-ffn-relu-forgotten bwd-ffn-bias-axes bwd-ffn-mean bwd-ffn-weight-transposed
        bwd-ffn-hidden-before-relu bwd-ffn-weight-no-sum ffn-first-bias-after-relu""",
    "layer_norm": """
        ln-unbiased ln-eps-outside ln-unbiased-eps-outside ln-eps-default ln-eps-default-thousandth
        ln-eps-default-eighth ln-no-eps
        ln-divides-by-variance ln-batch-axis ln-all ln-no-gain ln-no-bias ln-gain-bias-swapped ln-no-keepdims
        ln-in-place ln-frozen res-missing res-norm-then-add res-pre-instead-of-post res-no-norm res-dropout-missing
        res-dropout-on-sum res-dropout-after-norm res-sublayer-twice bwd-ln-gamma-late bwd-ln-std-constant
        bwd-ln-no-gamma bwd-ln-no-mean-term bwd-ln-no-deviation-term bwd-ln-means-over-everything bwd-ln-order""",
    "encoder": """
        enc-shared-norm enc-one-residual-object enc-norm2-missing enc-pre-norm enc-norm-before-sum enc-no-norms
        enc-no-residual enc-no-residual1 enc-no-residual2 enc-residual-from-input enc-mask-dropped enc-mask-inverted
        enc-mask-truthiness enc-mask-required enc-same-layer-ntimes enc-python-list enc-layer-missing
        enc-extra-final-norm enc-no-dropout enc-dropout-on-sum enc-dropout-after-norm enc-dropout-twice enc-ffn-missing
        enc-other-eps enc-dropout-after-first-norm enc-backward-no-residual enc-backward-value-path
        enc-backward-gamma-late enc-backward-mask-dropped enc-backward-norms-skipped""",
    "decoder": """
        dec-no-causal dec-cross-no-memory-mask dec-both-masks-ignored dec-masks-swapped dec-memory-mask-in-self
        dec-cross-skipped dec-cross-is-self dec-cross-values-from-target dec-cross-qfrom-memory dec-cross-first
        dec-one-norm dec-norm-shared dec-pre-norm dec-norm-then-add dec-no-residuals dec-cross-without-residual
        dec-no-norms dec-norm3-missing dec-no-dropout dec-dropout-after-norms dec-dropout-on-sum dec-same-layer
        dec-python-list dec-extra-final-norm dec-last-layer-missing dec-other-eps dec-no-feed-forward
        dec-bwd-memory-zero dec-bwd-residual-forgotten dec-bwd-gamma-late dec-bwd-masks-forgotten
        dec-gamma-beta-swapped-first""",
    "transformer": """
        model-no-embedding-scale model-embedding-divided model-shared-embedding model-no-positions
        model-no-target-positions model-padding-visible model-no-causal model-target-unmasked
        model-target-padding-visible model-memory-padding-visible model-padding-on-queries model-pad-id-hard-coded
        model-causal-flipped model-causal-strict model-returns-probabilities model-returns-log-probabilities
        model-final-norm model-output-tied model-output-bias-missing model-max-len-not-passed model-layers-not-passed
        model-dropout-not-passed model-dropout-twice model-memory-detached greedy-never-stops greedy-no-pad-after-eos
        greedy-keeps-bos greedy-one-too-many greedy-in-train-mode greedy-leaves-evaluation greedy-records-gradients
        greedy-one-sentence greedy-encodes-every-step greedy-eos-hard-coded greedy-bos-hard-coded""",
    "tokenization": """
        bpe-whole-text bpe-smaller-of-equal bpe-first-of-equal bpe-letters bpe-overlaps-skipped bpe-merges-runs
        bpe-one-too-many bpe-one-too-few bpe-once-per-piece bpe-size-of-vocabulary bpe-returns-strings bpe-stripped
        encode-leftmost-first encode-longest-match encode-one-merge encode-merges-from-zero encode-letters
        encode-without-blanks encode-returns-symbols decode-strict decode-one-by-one decode-ignores
        decode-merges-one-too-high vocabulary-by-appearance vocabulary-by-frequency vocabulary-specials-last
        vocabulary-from-one pad-left pad-always-zero pad-floats pad-returns-lists batches-unsorted
        batches-longest-first batches-count-tokens batches-strictly-below batches-drop-last batches-old-longest""",
    "training": """
        forcing-no-shift forcing-two-ahead forcing-keeps-bos loss-counts-padding loss-divides-by-all
        loss-mean-of-means loss-sum loss-softmax-twice loss-overflows loss-no-minus loss-pad-hard-coded
        loss-log-of-softmax smoothing-missing smoothing-over-the-others smoothing-padding-class-left-out
        smoothing-adds-only smoothing-not-divided bwd-loss-not-divided bwd-loss-padding-learns bwd-loss-not-smoothed
        bwd-loss-sign schedule-max schedule-never-warms-up schedule-no-width schedule-warmup-once schedule-step-zero
        adam-no-correction adam-eps-in-root adam-from-zero adam-state-forgotten adam-betas-swapped adam-in-place
        adam-no-root adam-usual-beta adam-usual-eps clip-per-parameter clip-always clip-by-value clip-in-place
        clip-sum-of-norms clip-unconditionally clip-tells-norm-after clip-no-root step-no-zero-grad step-not-clipped
        step-in-evaluation step-returns-tensor eval-mean-of-means eval-counts-padding eval-with-dropout
        eval-never-back-to-training eval-with-gradients eval-smoothed average-in-own-dtype average-of-integers
        average-sum loop-schedule-by-epoch loop-rate-never-set loop-not-smoothed loop-usual-beta
        bwd-memory-overwritten bwd-memory-only-top-layer bwd-tables-overwritten bwd-tables-not-scaled
        bwd-no-causal-mask bwd-output-transposed bwd-encoder-forgotten hunt-measured-in-training
        hunt-padding-measured hunt-mean-of-means hunt-divides-by-sentences hunt-measured-smoothed hunt-shifted-twice
        hunt-not-shifted hunt-padding-in-the-loss hunt-softmax-twice hunt-never-back-to-training
        hunt-schedule-by-epoch hunt-gradients-add-up hunt-clips-after-the-step hunt-clips-each-alone
        hunt-new-optimizer""",
    "decoding": """
        beam-probabilities beam-finished-grow beam-finished-take-places beam-stops-at-first-end beam-stops-when-full
        beam-no-length-penalty beam-chosen-by-sum beam-mean-per-token beam-length-with-bos beam-unfinished-dropped
        beam-keeps-bos beam-drops-eos beam-one-too-many beam-best-of-each beam-penalty-without-six
        temperature-after-softmax temperature-zero-divides softmax-overflows top-knot-renormalised top-kone-too-many
        top-pdrops-crossing top-pnot-renormalised top-pbefore-top-k truncated-before-temperature
        distribution-changes-logits cache-position-restarts cache-position-from-one cache-padding-seen
        cache-source-padding-seen cache-not-reordered cache-memory-not-reordered cache-masks-not-reordered
        cache-memory-every-step cache-not-scaled cache-not-scaled-embedding cache-start-keeps-old cache-overwrites
        edit-substitution-costs-two edit-hamming edit-strings-only rate-mean-of-rates rate-by-hypotheses
        rate-in-percent bleu-no-clipping bleu-references-added-up bleu-first-reference bleu-no-brevity
        bleu-rewards-length bleu-shortest-reference bleu-sentence-average bleu-arithmetic-mean bleu-smoothed
        bleu-skips-empty-orders bleu-zero-crashes""",
    "decoder_layer": "dec-cross-query-is-input dec-cross-residual-is-input dec-memory-normed",
    "decoder_layer_backward": """
        dec-bwd-norm-of-input dec-bwd-pre-norm dec-bwd-names-collide dec-bwd-memory-overwritten
        dec-bwd-self-one-path""",
    "bleu": "bleu-share bleu-short-ngrams",
}


@cache
def common_to(exercise: str, unit: str) -> frozenset[str]:
    """The names of the mistakes that are common in an exercise of a unit."""
    return frozenset(f"{COMMON.get(unit, '')} {COMMON.get(exercise, '')}".split())
