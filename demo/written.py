"""What the class writes under the written questions: right, half right, wrong, or nothing, each as a student
would."""

ANSWERS = {
    "shift": (
        """a) sin(w(p+k)) = sin(wp)cos(wk) + cos(wp)sin(wk), cos(w(p+k)) = cos(wp)cos(wk) - sin(wp)sin(wk), so the
matrix is
[[cos wk, sin wk], [-sin wk, cos wk]]. That's a rotation by wk, and pos isn't in it.

b) These 2x2 blocks on the diagonal, one per pair, each with its own w_i, zeros elsewhere. Only sines: sin(w(p+k))
needs
cos(wp), and you can't get that from the sine because the sign is lost.""",
        """a) It's the rotation matrix with angle $\\omega k$ (angle-sum identities).

b) M_k is block diagonal. Without cosines half of the information is missing so it doesn't work.""",
        "I think the matrix shifts every row by k positions, so it has ones next to the diagonal.",
    ),
    "base": (
        """(a) The slowest wave has about 63 tokens, so after 63 tokens everything repeats more or less. You can't
tell if a
token is at the start or at the end.

(b) W(x+p) = Wx + Wp, versus W1 x + W2 p for concatenation. More general but all layers get wider.""",
        "(a) the positions are not unique any more\n\n(b) adding saves memory",
        "(a) With 10 the table goes up to 10 only, so 1000 tokens do not fit.",
    ),
    "variance": (
        """**(a)** $E[q_i k_i] = E[q_i]E[k_i] = 0$ because they are independent, and
$Var(q_i k_i) = E[q_i^2]E[k_i^2] = 1$. Summing $d_k$ independent terms gives variance $d_k$.

**(b)** The std of the scores is $\\sqrt{d_k}$, so with big $d_k$ softmax is almost one-hot and its gradient is
about 0.
Dividing by the std gives variance 1. Dividing by $d_k$ gives variance $1/d_k$, that's too small.""",
        """(a) mean 0 and variance d_k since every product has variance 1 and there are d_k of them.

(b) The numbers get too large and softmax saturates. sqrt(d_k) brings the variance back to 1.""",
        "The variance is d_k^2 because of the square, and that is why the paper takes the root.",
    ),
    "mask_first": (
        """1. The rows don't sum to one any more, early positions get a smaller output.
2. The denominator still contains exp of the hidden scores. If a future token changes, all the weights of that row
change,
so position i learns something about the future. Number 2 is the leak.""",
        "The rows don't add up to 1 and the gradients still flow to the future tokens.",
        "",
    ),
    "one_relu": (
        """a) (xW1 + b1)W2 + b2 = x(W1W2) + b1W2 + b2, so matrix W1W2 and bias b1W2 + b2. 512*512 + 512 = 262656
would do, the
network has 2*512*2048 + 2048 + 512 = 2099712.

b) The output is >= 0, so x + FFN(x) can only get bigger. It can't reduce a feature.""",
        "a) linear of linear is linear, W = W1 W2. 262144 instead of 2097152.\n\nb) It destroys information.",
        "a) without ReLU the network cannot learn\n\nb) nothing changes, ReLU twice is the same as once",
    ),
    "same_cost": (
        """a) attention: 4 maps of n d^2, scores n^2 d, weighted sum n^2 d, so 4nd^2 + 2n^2d. FFN: n*d*4d*2 = 8nd^2.

b) 4nd^2 + 2n^2d = 8nd^2 -> n = 2d = 1024. For books attention dominates because it is quadratic in n.""",
        "a) attention n^2 d, FFN 8 n d^2\n\nb) n = 8d = 4096",
        "",
    ),
    "three_ways": (
        """(a) mu is the mean so 1/d. For s: 2s ds = (2/d) sum (x_i - mu)(delta_ij - 1/d), and sum(x_i - mu) = 0, so
ds/dx_j = (x_j - mu)/(d s) = xhat_j / d.

(b) dxhat_i/dx_j = (delta_ij - 1/d - xhat_i xhat_j / d) / s. Times g_i and sum over i gives the formula: direct,
via the
mean, via the deviation.""",
        "(a) 1/d and xhat_j/d by differentiating\n\n(b) product rule, the first term is direct, the others "
        "come from mu and s",
        "The gradient goes through gamma, beta and x, these are the three paths.",
    ),
    "ones": (
        """a) Zero. The normalised features always sum to 0, so y.sum() is just sum(beta).

b) One that returns zeros passes. Use y.backward(torch.randn_like(y)).""",
        "a) 0\n\nb) a backward pass without the mean term would pass, use random numbers",
        "a) 1 everywhere, because the sum has slope 1",
    ),
    "one_norm": (
        """(a) gamma=1, beta=0 in both, and mean/var are computed from the input, nothing else is stored.

(b) It gets both gradients added up, and it has to use the same gamma and beta in both places.""",
        "(a) Because they start with the same weights.\n\n(b) It has fewer parameters.",
        "(a) Because norm is idempotent, norm(norm(x)) = norm(x).",
    ),
    "reach": (
        """(a) All of them after one layer, because token j is a key and value for everybody. FFN and norm don't
mix tokens. With
the second layer nothing new can move, but tokens can react to reactions.

(b) |i-j| <= 1, <= 2, <= N. 99 layers.""",
        "(a) all outputs, through attention and the feed-forward network\n\n(b) N neighbours on each side, so "
        "100 layers",
        "(a) only output j, the others have their own x",
    ),
    "all_of_the_source": (
        """The source is completely known before we translate, so there's nothing to cheat with. With a triangle
word i could only
see the first i source words, and in German the verb comes at the end.""",
        "It's not the target so it's fine. You would lose some information.",
        "Because the paper says so.",
    ),
    "one_pass": (
        """a) dy_i/dx_j = 0 for j > i, and all target tokens are known, so every output is what a pass over the
prefix would give.

b) The next input is the token we just predicted.""",
        "a) because of the causal mask\n\nb) because it generates word by word, each needs the one before",
        "a) teacher forcing is faster\n\nb) the GPU can't do it in parallel",
    ),
    "root": (
        """a) without: 1, with: d_model, PE: d_model/2.

b) The position would be 256 times bigger than the token at 512, the model can hardly see the word. With variance
1 the rows
are already long enough so no factor is needed.""",
        "a) 1 and d_model\n\nb) The embedding is small compared to the positions.",
        "It is in the paper, section 3.4.",
    ),
    "offset": (
        """a) Just copy the input token, no source needed.
b) <bos> <bos> <bos>...
c) The first row has nothing to attend to, softmax gives NaN.""",
        "a) copying\nb) it says the first word\nc) the first position sees nothing",
        "",
    ),
    "bytes_or_letters": (
        """a) Every text can be encoded, even emoji or letters that were never in the corpus. And 256 rows are enough,
the table doesn't need a row for each of the 150k Unicode letters.

b) Better: shorter sequences so cheaper attention, and common words are one token. Worse: the embedding gets
37000*512 = 19M numbers bigger, and rare tokens are seen too seldom to learn anything.""",
        "a) bytes know every letter\n\nb) better: shorter sentences. worse: bigger table.",
        "a) bytes are faster to read for the computer\n\nb) more merges are always better, it only takes longer",
    ),
    "sorted_batches": (
        """a) It sees only short sentences for a long time and then only long ones, so it forgets. Make the batches
sorted, then shuffle the order of the batches.

b) No problem, each batch has about the same number of tokens. With a mean over sentences a long sentence would
count more because there are fewer of them in its batch.""",
        "a) the order should be random, so shuffle the batches\n\nb) not a problem",
        "a) overfitting on the short ones\n\nb) yes because the batches are not equal",
    ),
    "smoothing": (
        """a) infinite, p = 1 only in the limit. With smoothing ln(0.90001/0.00001) = 11.4

b) Perplexity punishes that p(label) is only 0.9, accuracy only looks at the argmax. And it overfits less.""",
        "a) infinity and ln(90001)\n\nb) the model is less sure",
        "a) 0 and 0.1\n\nb) because of the noise",
    ),
    "ablation": (
        """a) it just copies the token it reads, and when decoding there is nothing to copy.

b) Decode some sentences and compute BLEU. The validation loss doesn't show it, it's teacher forced as well.""",
        "a) copying its input\n\nb) look at the translations",
        "a) it learns the sentences by heart\n\nb) a bigger test set",
    ),
    "forced": (
        """a) 0.95^20 = 36 %

b) It reads its own mistakes then, and it never saw such prefixes in training.""",
        "a) 0.95^20\n\nb) errors add up",
        "a) 95 % of them, as they say",
    ),
    "length_penalty": (
        """a) 0.8^5 = 0.33, 0.8^25 = 0.0038. The empty one loses only if p(eos) at the start is below 0.0038.

b) Too long ones: a token that is likelier than the average so far makes the mean better, like repetitions.""",
        "a) 0.33 and 0.004, so short wins\n\nb) long sentences",
        "a) 4 and 20\n\nb) it would prefer correct ones",
    ),
    "corpus_bleu": (
        """a) A sentence of 3 right words has no 4-gram so BLEU 0, in a corpus it still adds to p1..p3. And the mean
counts each sentence the same, the corpus counts n-grams.

b) BPE, because a right word is several matching tokens in a row and wrong words share parts. They count different
things.""",
        "a) short sentences get 0 because of the 4-grams\n\nb) BPE",
        "a) rounding\n\nb) the words, because there are fewer",
    ),
}


def written_answer(question: str, place: int) -> str:
    """What the student in this place of the class wrote; empty where the question was left open."""
    answers = ANSWERS[question]
    return answers[place % len(answers)]
